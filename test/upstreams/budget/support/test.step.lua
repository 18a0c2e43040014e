-- The step at a time that the test chooses, with the state beside the reply.
local input = cjson.decode(ARGV[1])
local stored = redis.call('GET', KEYS[1])
local state = stored and cmsgpack.unpack(stored) or B.emptyState()
local reply = B.stepBudget(state, tonumber(ARGV[2]), input)
redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', 60000)
return cjson.encode({ reply = reply, state = state })
