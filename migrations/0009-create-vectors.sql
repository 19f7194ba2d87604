-- Vectors of messages, made by a model that their owner chose: sealed, because they say nearly as much as the text. They can be made again, and go
-- with the message. `changed`: of the words they were made of, position × 1000 + index of the event that says them.
create schema retrieval;

create table retrieval.vector (
  account_id bigint not null,
  conversation_id bigint not null,
  message_id bigint not null,
  model text not null,
  changed bigint not null,
  sealed bytea not null,
  primary key (account_id, model, conversation_id, message_id)
);
create index vector_conversation on retrieval.vector (conversation_id);
alter table retrieval.vector alter sealed set statistics 0;
