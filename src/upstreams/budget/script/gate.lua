-- budget.gate.ts
local FAILING_MS = 1000
local PROBE_MS = 1500
local THROTTLED_MS_MAX = 3600000
local FAILURES_MAX = 5
local OUTCOMES_MIN = 10
local BUCKET_MS = 5000
local BUCKETS = 6

local function tickGate(turn)
  local gate = turn.state.gate
  if gate.status ~= 'open' or gate.untilMs > turn.now then return end
  gate.status = 'half-open'
  gate.probeMs = turn.now
end

local function isGateClear(turn)
  local gate = turn.state.gate
  if turn.state.learnMs > turn.now or gate.status == 'open' then return false end
  return gate.status == 'closed' or gate.probeMs <= turn.now
end

local function isFailing(turn)
  return turn.state.gate.reason == 'failing'
end

local function gateWaitMs(turn)
  local gate = turn.state.gate
  local untilMs = turn.state.learnMs
  if gate.status == 'open' then untilMs = math.max(untilMs, gate.untilMs) end
  return math.max(0, untilMs - turn.now)
end

local function openGate(turn, reason, forMs)
  local gate = turn.state.gate
  local untilMs = turn.now + math.min(THROTTLED_MS_MAX, math.max(0, math.ceil(forMs)))
  if gate.status ~= 'open' then
    gate.epoch = gate.epoch + 1
    gate.untilMs = untilMs
    gate.reason = reason
  else
    gate.untilMs = math.max(gate.untilMs, untilMs)
    if reason == 'throttled' then gate.reason = reason end
  end
  gate.status = 'open'
  gate.probe = ''
  gate.failures = 0
  gate.samples = {}
end

local function openForAll(turn, reason, forMs)
  if reason == 'failing' and turn.state.gate.status == 'half-open' then return end
  openGate(turn, reason, forMs)
end

local function closeGate(turn)
  local gate = turn.state.gate
  gate.status = 'closed'
  gate.reason = ''
  gate.untilMs = 0
  gate.probeMs = 0
  gate.probe = ''
end

local function noteProbe(turn, id)
  local gate = turn.state.gate
  if gate.status ~= 'half-open' then return end
  gate.probe = id
  gate.probeMs = turn.now + PROBE_MS
end

local function sample(turn, failed)
  local samples = turn.state.gate.samples
  local bucket = math.floor(turn.now / BUCKET_MS)
  local last = samples[#samples]
  if last and last.bucket == bucket then
    last.total = last.total + 1
    last.failed = last.failed + failed
    return
  end
  push(samples, { bucket = bucket, total = 1, failed = failed })
  if #samples > BUCKETS then table.remove(samples, 1) end
end

local function isHalfFailing(turn)
  local oldest = math.floor(turn.now / BUCKET_MS) - BUCKETS + 1
  local total, failed = 0, 0
  for _, each in ipairs(turn.state.gate.samples) do
    if each.bucket >= oldest then
      total = total + each.total
      failed = failed + each.failed
    end
  end
  return total >= OUTCOMES_MIN and failed * 2 >= total
end

local function countSuccess(turn, call)
  local gate = turn.state.gate
  earnRetry(turn)
  if gate.status == 'closed' then
    if call.epoch ~= gate.epoch then return end
    gate.failures = 0
    sample(turn, 0)
    return
  end
  if gate.status == 'half-open' and (call.epoch == gate.epoch or gate.reason == 'failing') then closeGate(turn) end
end

local function countQuota(turn, quota)
  if quota.remaining == 0 and quota.resetMs > 0 then openGate(turn, 'throttled', quota.resetMs) end
end

local function countThrottled(turn, call, retryAfterMs)
  if call.epoch == turn.state.gate.epoch then decrease(turn) end
  openGate(turn, 'throttled', retryAfterMs)
  turn.state.gate.epoch = turn.state.gate.epoch + (call.epoch == turn.state.gate.epoch and 1 or 0)
end

local function countFailure(turn, call)
  local gate = turn.state.gate
  if call.epoch ~= gate.epoch then return end
  if gate.status == 'half-open' then
    openGate(turn, 'failing', FAILING_MS)
    return
  end
  if gate.status == 'open' then return end
  gate.failures = gate.failures + 1
  sample(turn, 1)
  if gate.failures >= FAILURES_MAX or isHalfFailing(turn) then openGate(turn, 'failing', FAILING_MS) end
end

local function countOutcome(turn, call, outcome)
  local kind = outcome.kind
  if kind == 'complete' then
    countSuccess(turn, call)
    if outcome.quota then countQuota(turn, outcome.quota) end
  elseif kind == 'throttled' then
    countThrottled(turn, call, outcome.retryAfterMs)
  elseif kind == 'failed' or kind == 'lost' or kind == 'unreachable' then
    countFailure(turn, call)
  elseif kind == 'unsent' then
    if call.id == turn.state.gate.probe then turn.state.gate.probeMs = turn.now end
  end
end

