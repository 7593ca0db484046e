"""Compares what a trader says of itself with what the exchange knows of its account, to the last unit."""
import collections
import decimal
import time

from wire import LIMITS, number

ZERO = decimal.Decimal(0)
FINAL_TRADES = ("MINED", "CONFIRMED", "FAILED")
# The trader's word for the end of an order -> the exchange's words for it.
ENDS = {
    "FILLED": {"MATCHED"},
    "CANCELED": {"CANCELED", "CANCELED_MARKET_RESOLVED", "INVALID", "EXPIRED", "UNMATCHED"},
    "EXPIRED": {"EXPIRED", "CANCELED", "INVALID"},
    "INVALID": {"INVALID", "CANCELED"},
}


def settled_account(exchange, address, bound=60.0):
    """The account, once every trade has settled or failed and payouts have come."""
    end = time.monotonic() + bound
    account, before = exchange.account(address), None
    while time.monotonic() < end:
        done = all(fill["status"] in FINAL_TRADES for fill in account["fills"])
        if done and before == account["cash"]:
            break
        before = account["cash"]
        time.sleep(0.5)
        account = exchange.account(address)
    return account


def repeated(values):
    return sorted(value for value, count in collections.Counter(values).items() if count > 1)


def positions_of(entries):
    return {entry["token_id"]: number(entry["size"]) for entry in entries if number(entry["size"]) != 0}


def legs_of(fills):
    """Each trade that counts. A leg is named by its trade and its order."""
    return {(fill["trade_id"], fill["order_id"]): (fill["token_id"], fill["side"], number(fill["size"]),
                                                  number(fill["cash"]), number(fill["fee"]))
            for fill in fills if fill["status"] != "FAILED"}


def differing(name, ours, theirs):
    """What two dictionaries do not agree on, in words."""
    return [f"{name} {key}: the trader has {ours.get(key)}, the exchange {theirs.get(key)}"
            for key in sorted(set(ours) | set(theirs), key=str) if ours.get(key) != theirs.get(key)]


def difference_of_orders(result, account):
    """Ids, matched sizes and final states."""
    found = []
    failed = collections.Counter()
    for fill in account["fills"]:
        if fill["status"] == "FAILED":
            failed[fill["order_id"]] += number(fill["size"])
    ours = {order["order_id"]: order for order in result["orders_detail"]}
    theirs = {order["id"]: order for order in account["orders"]}
    for name, ids in (("trader", [o["order_id"] for o in result["orders_detail"]]),
                      ("exchange", [o["id"] for o in account["orders"]])):
        found += [f"duplicate order id {i} at the {name}" for i in repeated(ids)]
    found += [f"order {i} is unknown to the trader" for i in theirs if i not in ours]
    for order_id, order in ours.items():
        known = theirs.get(order_id)
        if known is None:
            if order["state"] != "REJECTED":
                found.append(f"order {order_id} is {order['state']} for the trader and unknown to the exchange")
            continue
        if known["status"] not in ENDS.get(order["state"], set()):
            found.append(f"order {order_id}: the trader says {order['state']}, the exchange {known['status']}")
        for key in ("price", "size"):
            if number(order[key]) != number(known[key]):
                found.append(f"order {order_id}: {key} {order[key]} and {known[key]}")
        # What failed to settle is no fill of the trader's any more.
        if number(order["filled"]) not in (number(known["size_matched"]),
                                           number(known["size_matched"]) - failed[order_id]):
            found.append(f"order {order_id}: filled {order['filled']}, matched {known['size_matched']}")
    return found


def differences(result, account):
    """Every way in which the trader's result is not the exchange's truth; empty when they are equal."""
    found = []
    if number(result["account"]["cash"]) != number(account["cash"]):
        found.append(f"cash: the trader has {result['account']['cash']}, the exchange {account['cash']}")
    for key, value in (("the trader's", result["account"]["reserved"]), ("the exchange's", account["reserved"])):
        if number(value) != 0:
            found.append(f"{key} account still reserves {value}")
    found += differing("position", positions_of(result["positions"]), positions_of(account["positions"]))
    ours, theirs = legs_of(result["fills_detail"]), legs_of(account["fills"])
    found += differing("trade", ours, theirs)
    if not len(ours) == len(theirs) == result["fills"]:
        found.append(f"fills: {result['fills']} counted, {len(ours)} told, {len(theirs)} at the exchange")
    for name, keys in (("trader", result["fills_detail"]), ("exchange", account["fills"])):
        found += [f"trade {key} twice at the {name}"
                  for key in repeated((fill["trade_id"], fill["order_id"]) for fill in keys)]
    found += difference_of_orders(result, account)
    found += [f"order {order['id']} is still open" for order in account["open_orders"]]
    found += [f"the exchange complains: {violation}" for violation in account["violations"]]
    return found


def overlapping_orders(result):
    """Two orders of one token and side at a time: one of them is a duplicate (rules 2.6)."""
    found, last = [], {}
    for order in sorted(result["orders_detail"], key=lambda o: o["created_at"]):
        key = (order["token_id"], order["side"])
        before = last.get(key)
        if before is not None and (not before["ended_at"] or before["ended_at"] > order["created_at"]):
            found.append(f"{order['order_id']} was placed while {before['order_id']} of the same token and side lived")
        last[key] = order
    return found


def beyond_limits(account):
    """What the exchange saw that the configured limits forbid: cost of an order, of a token, of everything at once."""
    found = []
    limits = {key: decimal.Decimal(value) for key, value in LIMITS.items()}
    for order in account["orders"]:
        cost = number(order["price"]) * number(order["size"])
        if order["side"] == "BUY" and cost > limits["per_order"]:
            found.append(f"order {order['id']} costs {cost}")
    held, cost = collections.defaultdict(decimal.Decimal), collections.defaultdict(decimal.Decimal)
    for fill in sorted(account["fills"], key=lambda f: f["at"]):
        token, size = fill["token_id"], number(fill["size"])
        if fill["status"] == "FAILED":
            continue
        if fill["side"] == "BUY":
            held[token] += size
            cost[token] += number(fill["cash"])
        elif held[token] > 0:
            cost[token] -= cost[token] * min(size, held[token]) / held[token]
            held[token] -= size
            if held[token] < 0:
                found.append(f"more of {token} was sold than bought")
        if cost[token] > limits["per_token"]:
            found.append(f"{cost[token]} dollars in {token}")
        total = sum(cost.values(), ZERO)
        if total > limits["total"]:
            found.append(f"{total} dollars in everything")
    if len(account["open_orders"]) > limits["open_orders"]:
        found.append("too many open orders")
    return found
