-- Whether a rollout that has ended still owes its workloads something: then the next process goes on with it.
ALTER TABLE rollouts ADD COLUMN owes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rollouts_owing ON rollouts (started_at, id) WHERE owes = 1;
