package archipel.engine;

/** Has a node believe that it leads a database's group, or that another one does, whatever its log says. */
public final class SimulatedLeaders {
    private SimulatedLeaders() {}

    public static void begin(Database database, Node node, long term) {
        node.duties().begin(database.group(), term);
    }

    public static void end(Database database, Node node, long term) {
        node.duties().end(database.group(), term);
    }
}
