package archipel.client;

import archipel.failures.NotFoundException;
import archipel.objects.ObjectAddress;
import archipel.objects.StateStore;
import archipel.objects.StoredState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** States of objects in the documents of a client. */
final class DocumentStates implements StateStore {
    private final Function<String, Database> databases;

    DocumentStates(Function<String, Database> databases) {
        this.databases = databases;
    }

    @Override
    public StoredState load(ObjectAddress address) {
        // As bytes, since what the application's mapper makes of numbers may not be exact.
        Optional<Document<byte[]>> document =
                databases.apply(address.database()).find(address.id(), byte[].class);
        return document.map(one -> new StoredState(one.revision(), (ObjectNode) Json.exactly(one.value())))
                .orElse(StoredState.NONE);
    }

    @Override
    public String store(ObjectAddress address, @Nullable String revision, ObjectNode state) {
        Database database = databases.apply(address.database());
        Written written = revision == null
                ? database.create(address.id(), state)
                : database.replace(address.id(), revision, state);
        return written.revision();
    }

    /** @throws NotFoundException where the database is not there */
    @Override
    public List<String> storeAll(String database, List<StateChange> changes) {
        BulkWrite write = new BulkWrite();
        for (StateChange change : changes) {
            if (change.revision() == null) {
                write.create(change.address().id(), change.state());
            } else {
                write.replace(change.address().id(), change.revision(), change.state());
            }
        }
        List<String> revisions = new ArrayList<>();
        for (BulkOutcome outcome : databases.apply(database).writeAtomically(write)) {
            if (outcome instanceof BulkOutcome.Stored stored) {
                revisions.add(stored.revision());
            } else {
                throw new IllegalStateException("an atomic write has stored a part: " + outcome);
            }
        }
        return revisions;
    }
}
