"""Small systems whose schedules are searched, and other ways to search and to fail than those that are tested."""

from __future__ import annotations

import hydroflow_nb as hf
from hydroflow_nb.simulation import Exploration, PropertyViolated
from hydroflow_nb.simulation.model.properties import When
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.search import explore

SENDER = """
source_iter([(item, to) for to in others]) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> null();
"""
RECEIVER = "source_stream_serde(inbound) -> for_each(lambda message: seen.append(message[0]));"

# A store that keeps what arrived last, and one that keeps the greatest.
LAST = "source_stream_serde(inbound) -> for_each(lambda message: store.update(x=message[0]));"
GREATEST = (
    "source_stream_serde(inbound) -> for_each(lambda message: store.update(x=max(store.get('x', 0), message[0])));"
)

# Fails by a 2 that arrives second.
DIVIDER = "source_stream_serde(inbound) -> for_each(lambda m: seen.append(1 / (m[0] - len(seen) - 1)));"

# A client reads the counter, adds to what it read, and writes that; the server obeys.
READ_MODIFY_WRITE = """
start = source_iter([(("read",), "server")]) -> out;
answers = source_stream_serde(inbound) -> map(lambda message: (("write", message[0] + 1), "server")) -> out;
out = union() -> dest_sink_serde(outbound);
"""
ADDER = """
source_iter([(("add", 1), "server")]) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> null();
"""


# A client that gets an acknowledgement of what is stored, and a store that sends it.
WRITER = """
source_iter([("x", "bob")]) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(lambda message: acknowledged.append(message[0]));
"""
KEEPER = """
written = source_stream_serde(inbound) -> tee();
written -> for_each(lambda message: stored.append(message[0]));
written -> dest_sink_serde(outbound);
"""


# Candidates ask the others and vote for themselves at once; each votes for the first that asks in a term.
ELECTION = """
nodes = cluster();

@nodes {
    stands = source_stream(timeouts) -> tee();
    stands ~> @nodes.others asked;
    stands -> map(|term| (term, address)) -> heard;
    asked = map(|(term, who)| (term, who)) -> heard;
    heard = union() -> reduce_keyed::<'static>(|first, _| first) -> unique::<'static>() -> vote;
    vote = tee();
    vote -> filter(|(_, who)| who != address) ~> votes;
    votes = map(|(term, voter)| (term, voter)) -> counted;
    vote -> filter(|(_, who)| who == address) -> counted;
    counted = union() -> unique::<'static>() -> fold_keyed::<'static>(set, |voters, who| voters | {who})
        -> filter(|(_, voters)| 2 * len(voters) > len(nodes)) -> map(|(term, _)| term)
        -> unique::<'static>() -> for_each(leads.append);
}
"""


def election(text: str = ELECTION) -> hf.Network:
    """Three nodes, of which two stand for election in one term."""
    net = hf.compile(text, {"timeouts": hf.channel(), "leads": []}).network(nodes=["oslo", "lima", "cairo"])

    @net.always
    def one_leader(net):
        terms = [term for name in net.nodes for term in net[name]["leads"]]
        return len(terms) == len(set(terms))

    for name in ("oslo", "lima"):
        net.send(name, "timeouts", 1)
    return net


def stores(text: str, count: int = 3, **settings) -> hf.Network:
    """Two clients, each of which writes a value to all stores."""
    net = hf.Network(seed=7, **settings)
    names = [f"r{index}" for index in range(1, count + 1)]
    for client, value in (("c1", 1), ("c2", 2)):
        net.node(client, SENDER, item=value, others=names)
    for name in names:
        net.node(name, text, store={})
    net.eventually(lambda net: len({net[name]["store"]["x"] for name in names}) == 1, "stores agree")
    return net


def counter(client: str) -> hf.Network:
    net = hf.Network()
    net.node("server", COUNTING, state={"n": 0})
    net.node("alice", client)
    net.node("bob", client)
    net.eventually(lambda net: net["server"]["state"]["n"] == 2, "no update is lost")
    return net


COUNTING = """
requests = source_stream_serde(inbound) -> tee();
requests -> filter(lambda message: message[0][0] == "write") -> for_each(lambda m: state.update(n=m[0][1]));
requests -> filter(lambda message: message[0][0] == "add") -> for_each(lambda m: state.update(n=state["n"] + m[0][1]));
requests -> filter(lambda message: message[0][0] == "read") -> map(lambda m: (state["n"], m[1]))
    -> dest_sink_serde(outbound);
"""


def delivery(items=("one",), **settings) -> hf.Network:
    net = hf.Network(seed=1, **settings)
    net.node("alice", "source_iter([(item, 'bob') for item in items]) -> dest_sink_serde(outbound);", items=list(items))
    net.node("bob", RECEIVER, seen=[])
    net.eventually(lambda net: set(net["bob"]["seen"]) == set(items), "all received")
    return net


def without_reduction(net: hf.Network, **bounds) -> Exploration:
    plan = SearchPlan(runs=100_000, depth=None, seconds=None, seed=0, bounds=Bounds(**bounds), reduced=False)
    return explore(net, plan)


def still_fails(net: hf.Network, violation, decisions) -> bool:
    """Replay the decisions that are possible; for what must hold eventually the run then comes to rest."""
    try:
        net.replay(decisions, strict=False)
        if violation.when is When.EVENTUALLY:
            net.settle()
    except PropertyViolated as found:
        return found.property == violation.property
    return False


# Sends the numbers from 1 on to bob, one in each tick; and a node that holds what it gets, in its order.
NUMBERING = """
number = union() -> filter(|n| n <= most) -> tee();
source_iter([1]) -> number;
number -> map(|n| n + 1) -> defer_tick() -> number;
number -> map(|n| (n, "bob")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> null();
"""
HOLDING = """
source_stream_serde(inbound) -> map(|(n, _)| n) -> fold::<'static>(|| [], |held, n| [*held, n])
    -> for_each(|held| seen.__setitem__(slice(None), held));
"""


def numbers(most: int, **settings: object) -> hf.Network:
    """Two durable nodes: alice sends numbers to bob, who has to hold each of them once, in their order."""
    net = hf.Network(**settings)  # type: ignore[arg-type]
    net.node("alice", NUMBERING, durable=True, most=most)
    net.node("bob", HOLDING, durable=True, seen=[])
    expected = list(range(1, most + 1))

    def are_in_order(net: hf.Network) -> bool:
        seen = net["bob"]["seen"]
        return bool(seen == expected[: len(seen)])

    net.always(are_in_order, "none twice, in order")
    net.eventually(lambda net: net["bob"]["seen"] == expected or not all_up(net), "none lost")
    return net


def all_up(net: hf.Network) -> bool:
    """True where no node stayed down."""
    return all(node.is_up for node in net.nodes.values())
