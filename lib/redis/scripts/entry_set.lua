-- Writes a device's cache entry unless a newer one is there (contracts 3).
-- KEYS d   ARGV version (16 hex digits), life in seconds, then names and values of all fields
local d, version = KEYS[1], ARGV[1]

local stored = redis.call('HGET', d, 'v')
if stored and stored > version then
	return 'stale'
end
-- All of it anew: a field that the new entry lacks (a, c) must not stay behind.
redis.call('DEL', d)
redis.call('HSET', d, 'v', version, unpack(ARGV, 3))
redis.call('EXPIRE', d, ARGV[2])
return 'ok'
