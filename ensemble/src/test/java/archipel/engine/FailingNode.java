package archipel.engine;

import archipel.log.LogFactory;
import archipel.storage.FailingStore;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Opens nodes on disks that fail when they are told to. */
public final class FailingNode {
    private FailingNode() {}

    /** @param store given the node's store before anything is written to it */
    public static Node open(Path data, NodeOptions options, LogFactory logs, Consumer<FailingStore> store) {
        Environment environment = Environment.real(options.limits()).withLogs(logs);
        return Node.open(data, options, environment.withStore((directory, cache, buffers) -> {
            FailingStore opened = FailingStore.open(directory, cache, buffers);
            store.accept(opened);
            return opened;
        }));
    }
}
