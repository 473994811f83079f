-- What a channel gave for a delivery, and the channel that should have taken it and did not.
ALTER TABLE outbox ADD COLUMN receipt TEXT;
ALTER TABLE outbox ADD COLUMN instead_of TEXT;
-- What is open: news that waits, and news of what lasts, of which the channel is reminded.
CREATE INDEX outbox_open ON outbox (channel, due_at) WHERE state IN ('pending', 'lasting');
-- What another channel may have to tell.
CREATE INDEX outbox_untold ON outbox (channel, created_at) WHERE state IN ('pending', 'dead');
