-- What waits about one subject, whoever it is for: a deletion takes back what was still to be said.
create index message_of_subject on delivery.message (subject) where state = 'waiting';
create index message_to_inbox on delivery.message (inbox) where state = 'waiting';
