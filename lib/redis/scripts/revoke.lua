-- REVOKE: takes back an item that was not taken yet (contracts 3; the REVOKE step of the model).
-- KEYS m   ARGV sid, n
local m, sid, n = KEYS[1], ARGV[1], tonumber(ARGV[2])

-- "miss" proves nothing: the mailbox may have been wiped after the item was taken (contracts 7).
if redis.call('HGET', m, 's') ~= sid then
	return 'miss'
end
if tonumber(redis.call('HGET', m, 't') or 0) >= n then
	return 'taken'
end
-- The mark stays, also where no item lies yet: a POST that comes late must not place it (W_TOMB in the model).
redis.call('HSET', m, ARGV[2], '\0')
return 'revoked'
