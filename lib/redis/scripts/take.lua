-- TAKE: the next item for a session, or that all is decided, or a place among the waiters (contracts 3; HASIT, COVERED
-- and do_item in the model).
-- KEYS m, w   ARGV sid, seq, after, need (1: nothing before seq is decided), front end, hold_ms (0: the limit)
-- Returns {'item', n, old t, item}, {'decided'}, {'none'} or {'wait'}.
local m, w = KEYS[1], KEYS[2]
local sid, seq, after, need = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local front_end, hold_ms = ARGV[5], tonumber(ARGV[6])
local ENDED_LIFE_MS = 60000
-- The waiter's key outlives its hold a little: the front end's own timer ends the hold, not this key.
local WAITER_GRACE_MS = 1000

-- Items begin with the format byte 1; 0 is the mark of a revoked one.
local function is_live(item)
	return item and #item > 0 and string.byte(item, 1) ~= 0
end

-- "m of another session is left alone": it may be the newer one.
if redis.call('HGET', m, 's') == sid then
	local stored = redis.call('HMGET', m, 'd', 't', 'x')
	local covered = tonumber(stored[1] or 0) >= seq
	local taken = tonumber(stored[2] or 0)

	-- "the lowest n > after exists, and (need = 0 or d >= seq)". Nothing is popped: a repeated POST finds it again.
	if covered or not need then
		for n = after + 1, tonumber(stored[3] or 0) do
			local field = string.format('%.0f', n)
			local item = redis.call('HGET', m, field)
			if is_live(item) then
				-- The old t tells whether it was handed out before: an unsafe one never is twice.
				if n > taken then
					redis.call('HSET', m, 't', field)
				end
				return { 'item', n, taken, item }
			end
		end
	end

	-- "m.s = sid and d >= seq -> w = ended": from here on POST places nothing for this session.
	if covered then
		redis.call('SET', w, 'ended', 'PX', ENDED_LIFE_MS)
		return { 'decided' }
	end
end

if hold_ms > 0 then
	redis.call('SET', w, 'fe:' .. front_end, 'PX', hold_ms + WAITER_GRACE_MS)
	return { 'wait' }
end
redis.call('SET', w, 'ended', 'PX', ENDED_LIFE_MS)
return { 'none' }
