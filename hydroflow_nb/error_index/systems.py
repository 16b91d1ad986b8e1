"""The errors and warnings of texts that say where something runs: HF50x and HF51x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_TWO = "server = process();\nclients = cluster();\n"
_PAIR = "server = process();\nclient = process();\n"
_SHARDED = 'server = process();\ncounters = cluster(shards_by="[0]");\n'

SYSTEMS: tuple[Entry, ...] = (
    Entry(
        code="HF501",
        title="A sign of a system's text stands alone",
        meaning="`@` begins the name of a location, as in `@server`. `~` begins the arrow `~>`, by which items go to "
        "another place.",
        wrong=f"{_TWO}@server source_iter([1]) ~ @clients.all for_each(print);",
        right=f"{_TWO}@server source_iter([1]) ~> @clients.all for_each(print);",
    ),
    Entry(
        code="HF502",
        title="There is no such route",
        meaning="To a cluster an item goes together with its receiver, `(item, member)`, or by a route: `.all` sends "
        "it to every member, `.others` to every one but the sender, `.next` to one after the other by turns, and "
        "`.by(key)` always to the same member for the same key.",
        wrong=f"{_TWO}@server source_iter([1]) ~> @clients.everyone for_each(print);",
        right=f"{_TWO}@server source_iter([1]) ~> @clients.all for_each(print);",
    ),
    Entry(
        code="HF503",
        title="There is no such location",
        meaning="A location is declared in a statement of its own: `process()` is one node, `cluster()` any number of "
        "nodes with the same flow, `external()` stands for programs of other make.",
        wrong="server = process();\n@server source_iter([1]) ~> @client for_each(print);",
        right=f"{_PAIR}@server source_iter([1]) ~> @client for_each(print);",
    ),
    Entry(
        code="HF504",
        title="An arrow `->` joins two places",
        meaning="Operators that `->` joins run in one flow, at one place, so it is enough to say the place once. To "
        "another place items go by `~>`: they arrive in a later tick, as the network brings them. The output of a "
        "statement is where it ends: behind `n = a ~> b;` the arrow `n -> c` goes on at the place of `b`. To go on at "
        "that of `a`, write `n = a -> tee(); n ~> b; n -> c;`.",
        wrong=f"{_TWO}@server numbers = source_iter([1]);\n@clients shown = for_each(print);\nnumbers -> shown;",
        right=f"{_TWO}@server numbers = source_iter([1]);\n@clients shown = for_each(print);\n"
        "numbers ~> @clients.all shown;",
    ),
    Entry(
        code="HF505",
        title="Nothing says where an operator runs",
        meaning="In the text of a system each group of operators that `->` or `$name` joins needs a location, written "
        "once, at any of its statements.",
        wrong=f"{_PAIR}@server source_iter([1]) ~> @client for_each(print);\nsource_iter([2]) -> for_each(print);",
        right=f"{_PAIR}@server source_iter([1]) ~> @client for_each(print);\n"
        "@client source_iter([2]) -> for_each(print);",
    ),
    Entry(
        code="HF506",
        title="A route leads to a location that has no members",
        meaning="Routes choose among the members of a cluster. A process is one node, and with programs of other make "
        "each item says which of them it is for.",
        wrong=f"{_PAIR}@server source_iter([1]) ~> @client.all for_each(print);",
        right=f"{_PAIR}@server source_iter([1]) ~> @client for_each(print);",
    ),
    Entry(
        code="HF507",
        title="An arrow `~>` stands inside of something that is at one place",
        meaning="What stands in parentheses, in a loop or in a module runs at one place. `~>` leads to another one, "
        "so it stands between the parts of a statement of its own.",
        wrong=f"{_PAIR}@server (source_iter([1]) ~> @client map(str)) -> for_each(print);",
        right=f"{_PAIR}@server source_iter([1]) ~> @client map(str) -> for_each(print);",
    ),
    Entry(
        code="HF508",
        title="A state of another place is read",
        meaning="`$name` reads a state in the memory of the same flow. What another place has to know is sent to it by "
        "`~>`, and is then as old as the message.",
        wrong=f"{_PAIR}@server count = source_iter([1]) -> fold(int, |n, x| n + x);\n"
        "@client source_iter([2]) -> map(|x| x + $count) -> for_each(print);\ncount -> null();",
        right=f"{_PAIR}@server count = source_iter([1]) -> fold(int, |n, x| n + x);\n"
        "count ~> @client known;\n@client known = reduce::<'static>(max);\n"
        "@client source_iter([2]) -> map(|x| x + ($known or 0)) -> for_each(print);\nknown -> null();",
    ),
    Entry(
        code="HF509",
        title="A member that joins later is not sent what went to all members before",
        meaning="`.all` and `.others` send an item to the members that are there at that moment. Members of an open "
        "cluster come at any time. `members(cluster)` emits each member when it is first there: crossed with what was "
        "sent, it gives the pairs that a late member has to be sent.",
        wrong="server = process();\nclients = cluster(open=True);\n"
        "@server source_iter([1]) ~> @clients.all for_each(print);",
        right="server = process();\nclients = cluster(open=True);\n@server source_iter([1]) -> [0]told;\n"
        "members(clients) -> [1]told;\n"
        "told = cross_join::<'static>() -> unique::<'static>() ~> @clients for_each(print);",
    ),
    Entry(
        code="HF510",
        title="Nothing runs at a location",
        meaning="A location is declared, and no statement says that something runs there: it gets no flow.",
        wrong="server = process();\nspare = process();\n@server source_iter([1]) -> for_each(print);",
        right="server = process();\n@server source_iter([1]) -> for_each(print);",
    ),
    Entry(
        code="HF511",
        title="An item for a member of a cluster does not name the member",
        meaning="Without a route an item goes to a cluster as a pair, `(item, member)`, where `member` is an address "
        "such as the second part of an item that came from there.",
        wrong=f"{_TWO}@server source_iter([1]) -> map(|x| (x, x, x)) ~> @clients for_each(print);",
        right=f"{_TWO}@server source_iter([1]) -> map(|x| (x, clients[x])) ~> @clients for_each(print);",
    ),
    Entry(
        code="HF512",
        title="A channel has two types",
        meaning="All `~>` from one location to one name are one channel, and what the receiver checks is one type.",
        wrong=f"{_PAIR}@server source_iter([1]) ~> @client::<int> seen;\n"
        '@server source_iter(["a"]) ~> @client::<str> seen;\n@client seen = for_each(print);',
        right=f"{_PAIR}@server source_iter([1]) ~> @client::<int | str> seen;\n"
        '@server source_iter(["a"]) ~> @client::<int | str> seen;\n@client seen = for_each(print);',
    ),
    Entry(
        code="HF513",
        title="A location cannot be declared like that",
        meaning='A process may have an address, `process(at="10.0.0.7:5000")`, and a cluster may be open to '
        "members that come later, `cluster(open=True)`, or share what is sent to it by the key at a place of each "
        'item, `cluster(shards_by="[0].key")`. The name of a location is a name in Python\'s arguments, so it '
        "is not a word of Python, nor `outbound`, `inbound` or `address`; and it is not the name of a setting, such as "
        "`seed` or `transport`, since `system.network(...)` and `system.start(...)` take members and settings by name. "
        "The value of an option is a constant. An address that is known later is given where the system is started, as "
        "by `hydroflow-nb run --bind`.",
        wrong="seed = process();\n@seed source_iter([1]) -> for_each(print);",
        right="root = process();\n@root source_iter([1]) -> for_each(print);",
    ),
    Entry(
        code="HF514",
        title="Nobody tells the members of open clusters of each other",
        meaning="Members of an open cluster greet the locations that have to know them, and these are at addresses "
        "that are known from the start: processes, and members of closed clusters. Neither is known of two open "
        "clusters, nor of one whose members have to know each other. A process that knows them all tells the others.",
        wrong="nodes = cluster(open=True);\n@nodes source_iter([1]) ~> @nodes.all for_each(print);",
        right="server = process();\nnodes = cluster(open=True);\n@nodes source_iter([1]) ~> @server map(|(x, _)| x) "
        "-> [0]told;\n@server members(nodes) -> [1]told;\n"
        "told = cross_join::<'static>() -> unique::<'static>() ~> @nodes for_each(print);",
    ),
    Entry(
        code="HF515",
        title="An external location is used as if the text ran there",
        meaning="An external location stands for programs of other make, whose messages bear no name. So no operator "
        "runs there, nothing is generated for what one external location would send to another, and of two that send "
        "to one place it cannot be told from which of them a message came.",
        wrong="users = external();\nadmins = external();\nserver = process();\n"
        "users ~> @server map(|(text, _)| text) -> for_each(print);\n"
        "admins ~> @server map(|(text, _)| text.upper()) -> for_each(print);",
        right="callers = external();\nserver = process();\ncallers ~> asked;\n"
        "@server asked = map(|(text, _)| text) -> for_each(print);",
    ),
    Entry(
        code="HF516",
        title="An item may come to another shard than that of its key",
        meaning="The members of `cluster(shards_by=...)` share what is sent to them by the key at that place of each "
        "item, so that items with equal keys meet at one. Such an item needs no route. `.by(...)` may stand there "
        "if its text shows that it gives this key. `.all`, `.others`, `.next`, another key, and programs of other "
        "make, which choose a member by themselves, may bring items of one key to several members.",
        wrong=f"{_SHARDED}@server source_iter([('a', 1)]) ~> @counters.next for_each(print);",
        right=f"{_SHARDED}@server source_iter([('a', 1)]) ~> @counters for_each(print);",
    ),
)
