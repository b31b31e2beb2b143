package archipel.objects;

import archipel.failures.ArchipelException;
import archipel.failures.ErrorAnswer;
import java.util.List;

/** A context has ended with changes that were never replicated. They are lost; whoever wants them calls again. */
public final class UnreplicatedChangesException extends ArchipelException {
    private final transient List<UnreplicatedChange> changes;

    UnreplicatedChangesException(List<UnreplicatedChange> changes) {
        super("end", ErrorAnswer.none("unreplicated", "Changes were never replicated: " + changes), null);
        this.changes = changes;
    }

    public List<UnreplicatedChange> changes() {
        return changes;
    }
}
