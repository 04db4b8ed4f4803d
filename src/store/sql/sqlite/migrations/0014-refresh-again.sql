-- The refresh token that the present one replaced, and when: for a while it gives the same answer again.
alter table user_session add column previous_token_hash blob;
alter table user_session add column replaced_at_ms integer;
