package archipel.engine;

import archipel.engine.SystemCatalog.Change;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.TreeMap;

/** What readers of a node are told of its catalogs. However it came about, it is what the store has. */
final class SimView extends Machines.NoAudience {
    final TreeMap<Integer, DatabaseRow> databases = new TreeMap<>();
    final TreeMap<String, Placement> names = new TreeMap<>();
    final TreeMap<Integer, Nameless> toErase = new TreeMap<>();
    final TreeMap<String, String> facts = new TreeMap<>();

    /** As a node reads it that opens the store. */
    static SimView load(Store store, Iterable<Integer> groups) {
        SimView view = new SimView();
        SystemCatalog system = SystemCatalog.load(store);
        system.databases().forEach(placement -> view.names.put(placement.name(), placement));
        for (Nameless database : system.namelessDatabases()) {
            if (!database.building()) {
                view.toErase.put(database.number(), database);
            }
        }
        for (int group : groups) {
            Catalog.load(store, group).databases().forEach(row -> view.databases.put(row.number(), row));
        }
        byte[] lower = CatalogKeys.facts();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                view.facts.put(CatalogKeys.suffixText(rows.key()), new String(rows.value(), StandardCharsets.UTF_8));
            }
        }
        return view;
    }

    @Override
    public void publish(SystemCatalog.Changes round) {
        for (Change change : round.changes()) {
            switch (change) {
                case Change.Named(Placement placement) -> names.put(placement.name(), placement);
                case Change.Dropped(Placement placement, long position) -> {
                    // Not where another has the name by now.
                    if (names.get(placement.name()) instanceof Placement known
                            && known.number() == placement.number()) {
                        names.remove(placement.name());
                    }
                }
                case Change.Renewed(Placement placement) -> names.put(placement.name(), placement);
                case Change.Building(Nameless database) -> {}
                case Change.Built(int number) -> {}
                case Change.ToErase(Nameless database) -> toErase.put(database.number(), database);
                case Change.Forgotten(int number) -> toErase.remove(number);
                case Change.FactPut(String key, String value) -> {
                    if (value == null) {
                        facts.remove(key);
                    } else {
                        facts.put(key, value);
                    }
                }
            }
        }
    }

    @Override
    public void publish(Catalog.Changes round) {
        round.erased().forEach(databases::remove);
        round.changed().forEach(row -> databases.put(row.number(), row));
    }

    /** All of it, to be compared. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        databases.forEach((number, row) -> text.append(number)
                .append(row.group())
                .append(hex(row.encode()))
                .append('\n'));
        names.forEach((name, placement) ->
                text.append(name).append(hex(placement.encode())).append('\n'));
        return text.append(toErase).append(facts).toString();
    }

    private static String hex(byte[] bytes) {
        return " " + HexFormat.of().formatHex(bytes);
    }
}
