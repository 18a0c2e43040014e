-- budget.gate.ts
B.FAILING_MS = 1000
B.READS_MS = 1500
B.LONG_PROBE = 20
B.THROTTLED_MS_MAX = 3600000
B.FAILURES_MAX = 5
B.OUTCOMES_MIN = 10
B.BUCKET_MS = 5000
B.BUCKETS = 6

function B.tickGate(turn)
  local gate = turn.state.gate
  if gate.status ~= 'open' or gate.untilMs > turn.now then return end
  gate.status = 'half-open'
end

function B.isProbing(turn)
  local probe = B.findHeld(turn.state, turn.state.gate.probe)
  return probe ~= nil and probe.isPlace
end

function B.isGateClear(turn)
  local gate = turn.state.gate
  if turn.state.learnMs > turn.now or gate.status == 'open' then return false end
  return gate.status == 'closed' or (gate.probeMs <= turn.now and not B.isProbing(turn))
end

function B.probeWaitMs(turn)
  local gate = turn.state.gate
  if B.isProbing(turn) then return math.max(1, math.min(B.FAILING_MS, gate.probeUntilMs - turn.now)) end
  return math.max(0, gate.probeMs - turn.now)
end

function B.mayProbe(turn, probeMs)
  local gate = turn.state.gate
  if gate.reason ~= 'failing' then return true end
  if probeMs > 0 then gate.readMs = turn.now end
  return probeMs > 0 or gate.readMs + B.READS_MS <= turn.now
end

function B.isFailing(turn)
  return turn.state.gate.reason == 'failing'
end

function B.gateWaitMs(turn)
  local gate = turn.state.gate
  local untilMs = turn.state.learnMs
  if gate.status == 'open' then untilMs = math.max(untilMs, gate.untilMs) end
  return math.max(0, untilMs - turn.now)
end

function B.openGate(turn, reason, forMs)
  local gate = turn.state.gate
  local untilMs = turn.now + math.min(B.THROTTLED_MS_MAX, math.max(0, math.ceil(forMs)))
  if gate.status ~= 'open' then
    gate.epoch = gate.epoch + 1
    gate.untilMs = untilMs
    gate.reason = reason
  else
    gate.untilMs = math.max(gate.untilMs, untilMs)
    if reason == 'throttled' then gate.reason = reason end
  end
  gate.status = 'open'
  gate.failures = 0
  gate.samples = {}
end

function B.openForAll(turn, reason, forMs)
  if reason == 'failing' and turn.state.gate.status == 'half-open' then return end
  B.openGate(turn, reason, forMs)
end

function B.closeGate(turn)
  local gate = turn.state.gate
  gate.status = 'closed'
  gate.reason = ''
  gate.untilMs = 0
  gate.cuts = 0
end

function B.probeLimitMs(turn, probeMs)
  local nth = turn.state.gate.cuts + 1
  local longer = nth % B.LONG_PROBE == 0 and 2 ^ (nth / B.LONG_PROBE) or 1
  return math.min(turn.limits.attemptMs, probeMs * longer)
end

function B.callMsMax(turn)
  return B.SEND_WITHIN_MS + turn.limits.attemptMs + B.LINGER_MS
end

function B.noteProbe(turn, id, probeMs)
  local gate = turn.state.gate
  if gate.status ~= 'half-open' then return end
  local isLimited = gate.reason == 'failing' and probeMs > 0
  gate.probe = id
  gate.probeUntilMs = turn.now + (isLimited and B.probeLimitMs(turn, probeMs) or B.callMsMax(turn))
end

function B.learnProbe(turn, id)
  if B.isProbing(turn) then return end
  turn.state.gate.probe = id
  turn.state.gate.probeUntilMs = turn.now + B.callMsMax(turn)
end

function B.loseProbe(turn)
  local gate = turn.state.gate
  gate.probeMs = math.max(gate.probeMs, gate.probeUntilMs)
end

function B.sample(turn, failed)
  local samples = turn.state.gate.samples
  local bucket = math.floor(turn.now / B.BUCKET_MS)
  local last = samples[#samples]
  if last and last.bucket == bucket then
    last.total = last.total + 1
    last.failed = last.failed + failed
    return
  end
  B.push(samples, { bucket = bucket, total = 1, failed = failed })
  if #samples > B.BUCKETS then table.remove(samples, 1) end
end

function B.isHalfFailing(turn)
  local oldest = math.floor(turn.now / B.BUCKET_MS) - B.BUCKETS + 1
  local total, failed = 0, 0
  for _, each in ipairs(turn.state.gate.samples) do
    if each.bucket >= oldest then
      total = total + each.total
      failed = failed + each.failed
    end
  end
  return total >= B.OUTCOMES_MIN and failed * 2 >= total
end

function B.countSuccess(turn, call)
  local gate = turn.state.gate
  B.earnRetry(turn)
  if gate.status == 'closed' then
    if call.epoch ~= gate.epoch then return end
    gate.failures = 0
    B.sample(turn, 0)
    return
  end
  if gate.status == 'half-open' and (call.epoch == gate.epoch or gate.reason == 'failing') then B.closeGate(turn) end
end

function B.countQuota(turn, quota)
  if quota.remaining == 0 and quota.resetMs > 0 then B.openGate(turn, 'throttled', quota.resetMs) end
end

function B.countThrottled(turn, call, retryAfterMs)
  if call.epoch == turn.state.gate.epoch then B.decrease(turn) end
  B.openGate(turn, 'throttled', retryAfterMs)
end

function B.countFailure(turn, call, isLost)
  local gate = turn.state.gate
  if call.epoch ~= gate.epoch then return end
  if gate.status == 'half-open' then
    gate.cuts = isLost and gate.cuts + 1 or 0
    B.openGate(turn, 'failing', call.grantedMs + B.FAILING_MS - turn.now)
    return
  end
  if gate.status == 'open' then return end
  gate.failures = gate.failures + 1
  B.sample(turn, 1)
  if gate.failures >= B.FAILURES_MAX or B.isHalfFailing(turn) then B.openGate(turn, 'failing', B.FAILING_MS) end
end

function B.countOutcome(turn, call, outcome)
  local kind = outcome.kind
  if kind == 'complete' then
    B.countSuccess(turn, call)
    if outcome.quota then B.countQuota(turn, outcome.quota) end
  elseif kind == 'throttled' then
    B.countThrottled(turn, call, outcome.retryAfterMs)
  elseif kind == 'failed' or kind == 'lost' or kind == 'unreachable' then
    B.countFailure(turn, call, kind == 'lost')
  end
end

