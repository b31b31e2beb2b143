package archipel.view;

/** Which state of an index will do. */
public enum Freshness {
    /** The index as it stands at the block that is asked for, brought there if need be. */
    CURRENT,
    /** Whatever there is, {@code update=false}. */
    AS_IT_IS,
    /** Whatever there is, and then it is brought up to date, {@code update=lazy}. */
    LAZY
}
