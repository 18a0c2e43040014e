-- One step of an account whose state is KEYS[1], at the time of the server.
B.KEEP_MS = 3600000

local input = cjson.decode(ARGV[1])
local stored = redis.call('GET', KEYS[1])
local state = stored and B.complete(cmsgpack.unpack(stored)) or B.emptyState()
local time = redis.call('TIME')
local reply = B.stepBudget(state, time[1] * 1000 + math.floor(time[2] / 1000), input)
redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', B.KEEP_MS)

for _, other in ipairs(reply.others) do
  local message = cjson.encode({ account = input.account, results = other.results })
  redis.call('PUBLISH', 'tollgate:budget:' .. other.replica, message)
end
if input.step.step == 'open' then redis.call('PUBLISH', 'tollgate:budget:gates', input.account) end

reply.others = nil
return cjson.encode(reply)
