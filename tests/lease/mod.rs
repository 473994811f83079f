//! Which of several replicas leads: the rule, many elections at once, and one replica against an API server.

mod deciding;
mod election;
mod elector;
mod replica;
