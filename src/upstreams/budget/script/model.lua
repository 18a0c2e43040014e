-- budget.model.ts
local NO_RETRIES_MS = 1000

local function startTurn(state, now, input)
  return {
    state = state,
    limits = input.limits,
    context = input.context,
    now = now,
    rate = effectiveRate(state, input.limits),
    places = effectivePlaces(state, input.limits),
    placesUsed = 0,
    slotsUsed = 0,
    interactivePlaces = 0,
    interactiveSlots = 0,
    results = {},
    others = {},
  }
end

local function refuse(turn, call, admission)
  local flow = seeFlow(turn, call)
  reportRefusal(turn, call, admission.reason, takeTicket(turn, flow, admission))
end

local function revoke(turn)
  local state, now = turn.state, turn.now
  local isRefusedAll = isFailing(turn)
  local earliestMs = now + certainMs(turn)
  for index = #state.waiting, 1, -1 do
    local call = state.waiting[index]
    if isRefusedAll or call.latestMs < earliestMs then
      leaveQueue(turn, index)
      if isRefusedAll then
        reportRefusal(turn, call, 'breaker-open', FAILING_MS)
      else
        call.latestMs = now + call.waitMs
        refuse(turn, call, admit(turn, call))
      end
    end
  end
end

local function refresh(turn)
  sweepHeld(turn)
  grow(turn)
  if #turn.state.waiting == 0 then return end
  serveQueue(turn)
  revoke(turn)
end

local function enter(turn, call)
  if call.isRetry and not hasRetry(turn) then
    reportRefusal(turn, call, 'no-retries', NO_RETRIES_MS)
    return
  end
  sweepFlows(turn)
  local flow = seeFlow(turn, call)
  if canGo(turn, call) then
    if #turn.state.waiting > 0 then
      activate(turn, call, flow)
      passTag(turn, call)
    end
    if call.isRetry then takeRetry(turn) end
    grantCall(turn, call)
    return
  end
  if isFailing(turn) then
    reportRefusal(turn, call, 'breaker-open', FAILING_MS)
    return
  end
  local admission = admit(turn, call)
  if admission.isAdmitted then
    if call.isRetry then takeRetry(turn) end
    joinQueue(turn, call, flow)
  else
    refuse(turn, call, admission)
  end
end

local function acquire(turn, step)
  local state, now, context = turn.state, turn.now, turn.context
  local held = findHeld(state, step.id)
  if held then
    local sendWithinMs = held.sendByMs - now
    if held.isPlace and sendWithinMs > 0 then
      report(turn, held.replica, { id = held.id, granted = true, sendWithinMs = sendWithinMs })
    end
    return
  end
  if findWaiting(state, step.id) then return end
  local waitMs = math.max(0, math.floor(step.waitMs))
  enter(turn, {
    id = step.id,
    replica = context.replica,
    caller = step.caller,
    callClass = step.callClass,
    operation = step.operation,
    weight = step.weight,
    waitMs = waitMs,
    sinceMs = now,
    latestMs = now + waitMs,
    isRetry = step.isRetry == true,
    no = state.seq,
  })
end

local function cancel(turn, id)
  local index = findWaiting(turn.state, id)
  if index then
    leaveQueue(turn, index)
  else
    cancelHeld(turn, id)
  end
end

local function beat(turn, step, wasKnown)
  if step.learn == true then learn(turn) end
  compareHeld(turn, step.held, wasKnown and step.learn ~= true)
  local unknown = compareWaiting(turn, step.waiting)
  local listed = {}
  for _, id in ipairs(step.waiting) do listed[id] = true end
  for _, held in ipairs(turn.state.held) do
    local sendWithinMs = held.sendByMs - turn.now
    if held.isPlace and sendWithinMs > 0 and listed[held.id] then
      report(turn, turn.context.replica, { id = held.id, granted = true, sendWithinMs = sendWithinMs })
    end
  end
  return #unknown > 0 and unknown or nil
end

local function act(turn, step, wasKnown)
  if step.step == 'acquire' then
    refresh(turn)
    acquire(turn, step)
    return nil
  end
  local unknown
  if step.step == 'settle' then
    settle(turn, step)
  elseif step.step == 'cancel' then
    cancel(turn, step.id)
  elseif step.step == 'open' then
    openForAll(turn, step.reason, step.forMs)
  elseif step.step == 'leave' then
    dropWaiting(turn, turn.context.replica)
  else
    unknown = beat(turn, step, wasKnown)
  end
  refresh(turn)
  return unknown
end

local function stepBudget(state, serverMs, input)
  local silentMs = serverMs + state.skewMs - state.lastMs
  local turn = startTurn(state, advanceClock(state, serverMs, input.context), input)
  noticeLostWrites(turn)
  if not input.context.last and state.seq > 0 then distrustTime(turn, silentMs) end
  state.seq = math.max(state.seq, input.context.seq) + 1
  local wasKnown = noteReplica(turn)
  buryReplicas(turn)
  tickGate(turn)
  local unknown = act(turn, input.step, wasKnown)
  return replyOf(turn, unknown)
end

