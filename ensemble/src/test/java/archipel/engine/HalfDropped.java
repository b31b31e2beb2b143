package archipel.engine;

import archipel.command.SystemCommand;
import archipel.log.CommandLog;

/** Drops of databases whose client or node died between two of their steps. */
public final class HalfDropped {
    private HalfDropped() {}

    /** Takes a database's name from it, and leaves its rows. No upkeep is to run meanwhile. */
    public static void drop(Node node, Database database) {
        node.submit(new SystemCommand.DropDatabase(database.name(), database.number(), database.formerHead()));
    }

    /** Ends what looks after drops that were not finished. */
    public static void endUpkeep(Node node) {
        node.upkeep().close();
    }

    /** Whether a reader that knows the database already finds it in its group, as that is now. */
    public static boolean hasRows(Node node, Database database) {
        CommandLog.await(node.readBarrier(database.group()));
        return node.group(database.group()).find(database.number()) != null;
    }
}
