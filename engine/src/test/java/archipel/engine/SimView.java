package archipel.engine;

import archipel.engine.SystemCatalog.Nameless;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** What readers of a node are told of its databases, as text that can be compared. */
final class SimView {
    private final StringBuilder text = new StringBuilder();

    private SimView() {}

    static String of(PublishedDatabases databases, Collection<Group> groups) {
        SimView view = new SimView();
        for (Group group : groups) {
            view.line("group " + group.id(), group.index() + " " + group.format());
            byNumber(group).values().forEach(view::database);
        }
        databases.named().forEach((name, database) -> view.line(
                name,
                database.number() + " former " + former(database) + " " + database.isDeleted() + " "
                        + database.name().equals(name)));
        view.nameless("building", databases.building());
        view.nameless("to erase", databases.toErase());
        view.line("facts", databases.facts().toString());
        view.line("upcoming", "" + databases.upcomingNumber());
        // A node that opens the store does not know whether a database was changed before or after it got its name.
        databases.events().since(EventPosition.START).stream()
                .map(event -> event.database() + (event.kind().equals("deleted") ? " is gone" : " is there"))
                .sorted()
                .forEach(event -> view.line("event", event));
        return view.text.toString();
    }

    private static Map<Integer, Database> byNumber(Group group) {
        Map<Integer, Database> databases = new TreeMap<>();
        group.databases().forEach(database -> databases.put(database.number(), database));
        return databases;
    }

    private static String former(Database database) {
        return database.former().block() + "-" + HexFormat.of().formatHex(database.former().hash()) + "-"
                + database.former().lastSeq();
    }

    private void database(Database database) {
        line("" + database.number(), HexFormat.of().formatHex(database.row().encode()));
    }

    private void nameless(String kind, Collection<Nameless> databases) {
        Map<Integer, Nameless> sorted = new TreeMap<>();
        databases.forEach(database -> sorted.put(database.number(), database));
        line(kind, sorted.toString());
    }

    private void line(String what, String state) {
        text.append(what).append(": ").append(state).append('\n');
    }
}
