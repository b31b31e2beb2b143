package archipel.objects;

import archipel.failures.ArchipelException;
import archipel.failures.ErrorAnswer;
import java.util.List;

/** A context has ended with changes that were never replicated. They are lost; whoever wants them calls again. */
public final class UnreplicatedChangesException extends ArchipelException {
    private static final long serialVersionUID = 1;

    private final List<UnreplicatedChange> changes;

    UnreplicatedChangesException(List<UnreplicatedChange> changes) {
        super("end", ErrorAnswer.none("unreplicated", "Changes were never replicated: " + changes), null);
        // A list that can be serialised with the exception.
        this.changes = List.copyOf(changes);
    }

    public List<UnreplicatedChange> changes() {
        return changes;
    }
}
