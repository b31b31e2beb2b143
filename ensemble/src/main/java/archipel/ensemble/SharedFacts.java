package archipel.ensemble;

import org.jspecify.annotations.Nullable;

/** What the members remember together, as one of them reads and writes it: facts of the system group. */
public interface SharedFacts {
    /** As this member has it; null where there is none. */
    @Nullable
    String get(String key);

    /**
     * Durably sets a fact.
     *
     * @param term in which this member leads the system group
     * @throws archipel.document.RequestException where another one leads by then, or nobody knows
     */
    void put(long term, String key, String value);
}
