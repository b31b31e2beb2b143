package archipel.objects;

import java.io.Serializable;
import java.util.List;

/**
 * An object that was changed in a context and not replicated.
 *
 * @param calls the methods that have changed it since, in their order; empty where only a part of its state that a
 *     method had returned was changed
 */
public record UnreplicatedChange(ObjectAddress address, List<String> calls) implements Serializable {
    public UnreplicatedChange {
        calls = List.copyOf(calls);
    }
}
