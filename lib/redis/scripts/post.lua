-- POST: what was granted to a session, after the commit (contracts 3; do_post in the model).
-- KEYS m, w   ARGV version, sid, decided, device in hex, then n and item of each open grant of the sid
-- Versions and sids are 16 hex digits: compared as text, since a Lua number holds 53 bits only.
local m, w = KEYS[1], KEYS[2]
local version, sid, decided, device = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local MAILBOX_LIFE_S = 1800

-- "stored v > ver -> stale": a paused owner, or a POST that came late.
local stored = redis.call('HGET', m, 'v')
if stored and stored > version then
	return 'stale'
end

-- "w says ended": the front end has answered 204 or 503 to this session; a grant placed now would never be seen.
local waiter = redis.call('GET', w)
if waiter == 'ended' then
	return 'ended'
end

-- "other sid in m -> the mailbox starts anew": t, d, items and marks were those of the other session.
if redis.call('HGET', m, 's') ~= sid then
	redis.call('DEL', m)
end
redis.call('HSET', m, 's', sid, 'v', version)

-- "d = max": a repeated or overtaken POST does not take back what is decided.
local before = tonumber(redis.call('HGET', m, 'd') or 0)
if decided > before then
	before = decided
end
redis.call('HSET', m, 'd', string.format('%.0f', before))

-- "an existing n is never overwritten", a revoked mark counts as existing. x is the highest n, where TAKE stops.
local highest = tonumber(redis.call('HGET', m, 'x') or 0)
for i = 5, #ARGV, 2 do
	redis.call('HSETNX', m, ARGV[i], ARGV[i + 1])
	if tonumber(ARGV[i]) > highest then
		highest = tonumber(ARGV[i])
	end
end
redis.call('HSET', m, 'x', string.format('%.0f', highest))
redis.call('EXPIRE', m, MAILBOX_LIFE_S)

-- "the waiter is removed" and woken: w is "fe:<front end>", its channel "hms:" and that. A hint; TAKE is the truth.
if waiter then
	redis.call('DEL', w)
	redis.call('PUBLISH', 'hms:' .. waiter, device .. ' ' .. sid)
end
return 'ok'
