package archipel.http;

/** Something that may come. */
@FunctionalInterface
public interface News {
    /** Waits for it; false when it did not come in time. */
    boolean await() throws InterruptedException;
}
