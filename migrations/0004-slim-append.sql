-- What an append writes, and nothing twice: see docs/adr/0010-append-path.md. All that goes is derived from the signed bytes, or found by place.

-- Revision that each event of the commit made, 4 bytes each, big-endian: a range of the log is read from this table alone.
alter table ledger.commit add column revisions bytea;
alter table ledger.commit disable trigger append_only;
update ledger.commit c set revisions = (select string_agg(int4send(e.revision), ''::bytea order by e.index) from ledger.event e where e.position = c.position);
alter table ledger.commit enable trigger append_only;
alter table ledger.commit alter column revisions set not null;

-- Now only what its name says no more: where the events of a stream are.
alter table ledger.event drop constraint event_pkey, drop column type;

-- The key of a part, by the part's place. A salt of 32 bytes; or, of earlier versions, the key wrapped in 40.
alter table ledger.part_key add column position bigint, add column event smallint, add column index smallint;
update ledger.part_key k set position = p.position, event = p.event, index = p.index from ledger.part p where p.kref = k.kref;
delete from ledger.part_key where position is null; -- keys of parts that are gone
alter table ledger.part_key drop constraint part_key_pkey, drop column kref, add primary key (position, event, index);
alter table ledger.part drop column kref;

-- Ciphertext does not compress: do not try.
alter table ledger.part alter column ciphertext set storage external;

-- The log's clock: the largest HLC time of its entries, in ms. Until now the instance signed them all, one after the other.
alter table ledger.head add column latest bigint not null default 0;
update ledger.head set latest = (extract(epoch from now()) * 1000)::bigint where size > 0;
drop function ledger.advance;
create function ledger.advance(from_size bigint, at_epoch bigint, to_size bigint, to_root bytea, to_latest bigint) returns void language plpgsql as $$
begin
  update ledger.head set size = to_size, root = to_root, latest = to_latest where size = from_size and epoch = at_epoch;
  if not found then
    raise exception 'the head is not at size % in epoch %: another writer took over', from_size, at_epoch using errcode = 'serialization_failure';
  end if;
end $$;
