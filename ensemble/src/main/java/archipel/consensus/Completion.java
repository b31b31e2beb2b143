package archipel.consensus;

import org.jspecify.annotations.Nullable;

/** Told how an operation ended. */
@FunctionalInterface
public interface Completion {
    /** @param failure why it came to nothing; null where it did not */
    void done(@Nullable String failure);
}
