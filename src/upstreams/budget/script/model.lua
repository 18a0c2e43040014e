-- budget.model.ts
B.NO_RETRIES_MS = 1000

function B.startTurn(state, now, input)
  return {
    state = state,
    limits = input.limits,
    context = input.context,
    now = now,
    rate = 0,
    places = 0,
    reservedCalls = 0,
    reservedPlaces = 0,
    missing = 0,
    placesUsed = 0,
    slotsUsed = 0,
    interactivePlaces = 0,
    interactiveSlots = 0,
    results = {},
    others = {},
  }
end

function B.refuse(turn, call, admission)
  local flow = B.seeFlow(turn, call)
  B.reportRefusal(turn, call, admission.reason, B.takeTicket(turn, flow, admission))
end

function B.revoke(turn)
  local state, now = turn.state, turn.now
  local isRefusedAll = B.isFailing(turn)
  local earliestMs = now + B.certainMs(turn)
  for index = #state.waiting, 1, -1 do
    local call = state.waiting[index]
    if isRefusedAll or call.latestMs < earliestMs then
      B.leaveQueue(turn, index)
      if isRefusedAll then
        B.reportRefusal(turn, call, 'breaker-open', B.FAILING_MS)
      else
        call.latestMs = now + call.waitMs
        B.refuse(turn, call, B.admit(turn, call))
      end
    end
  end
end

function B.refresh(turn)
  B.sweepHeld(turn)
  B.grow(turn)
  if #turn.state.waiting == 0 then return end
  B.serveQueue(turn)
  B.revoke(turn)
end

function B.enter(turn, call, probeMs)
  if call.isRetry and not B.hasRetry(turn) then
    B.reportRefusal(turn, call, 'no-retries', B.NO_RETRIES_MS)
    return
  end
  B.sweepFlows(turn)
  local flow = B.seeFlow(turn, call)
  if B.mayProbe(turn, probeMs) and B.canGo(turn, call) then
    if #turn.state.waiting > 0 then
      B.activate(turn, call, flow)
      B.passTag(turn, call)
    end
    if call.isRetry then B.takeRetry(turn) end
    B.grantCall(turn, call, probeMs)
    return
  end
  if B.isFailing(turn) then
    B.reportRefusal(turn, call, 'breaker-open', B.FAILING_MS)
    return
  end
  local admission = B.admit(turn, call)
  if admission.isAdmitted then
    if call.isRetry then B.takeRetry(turn) end
    B.joinQueue(turn, call, flow)
  else
    B.refuse(turn, call, admission)
  end
end

function B.acquire(turn, step)
  local state, now, context = turn.state, turn.now, turn.context
  local held = B.findHeld(state, step.id)
  if held then
    if held.isPlace and held.sendByMs > now then B.reportGrant(turn, held) end
    return
  end
  if B.findWaiting(state, step.id) then return end
  local waitMs = math.max(0, math.floor(step.waitMs))
  local call = {
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
  }
  B.enter(turn, call, step.probeMs or 0)
end

function B.cancel(turn, id)
  local index = B.findWaiting(turn.state, id)
  if index then
    B.leaveQueue(turn, index)
  else
    B.cancelHeld(turn, id)
  end
end

function B.beat(turn, step, wasKnown)
  if step.isIdle == true then B.noteIdle(turn) end
  if step.learn == true then B.learn(turn, step.afterMs) end
  B.compareHeld(turn, step.held, wasKnown and not step.learn and not step.isApart)
  local unknown = B.compareWaiting(turn, step.waiting)
  local listed = {}
  for _, id in ipairs(step.waiting) do listed[id] = true end
  for _, held in ipairs(turn.state.held) do
    if held.isPlace and held.sendByMs > turn.now and listed[held.id] then B.reportGrant(turn, held) end
  end
  return #unknown > 0 and unknown or nil
end

function B.act(turn, step, wasKnown)
  if step.step == 'acquire' then
    B.refresh(turn)
    B.acquire(turn, step)
    return nil
  end
  local unknown
  if step.step == 'settle' then
    B.settle(turn, step)
  elseif step.step == 'cancel' then
    B.cancel(turn, step.id)
  elseif step.step == 'open' then
    B.openForAll(turn, step.reason, step.forMs)
  elseif step.step == 'leave' then
    B.leave(turn)
  else
    unknown = B.beat(turn, step, wasKnown)
  end
  B.refresh(turn)
  return unknown
end

function B.stepBudget(state, serverMs, input)
  local silentMs = serverMs + state.skewMs - state.lastMs
  local turn = B.startTurn(state, B.advanceClock(state, serverMs, input.context), input)
  B.noticeLostWrites(turn)
  if not input.context.last and state.seq > 0 then B.distrustTime(turn, silentMs) end
  state.seq = math.max(state.seq, input.context.seq) + 1
  local wasKnown = B.noteReplica(turn, input.step)
  B.buryReplicas(turn)
  B.reserve(turn)
  B.setAllowed(turn)
  B.tickGate(turn)
  local unknown = B.act(turn, input.step, wasKnown)
  return B.replyOf(turn, unknown)
end

