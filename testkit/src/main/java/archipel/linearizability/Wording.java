package archipel.linearizability;

/**
 * Calls and results as text of one line, and back. What a text does not say is not in the file, so that reading what
 * was written has to give an equal value.
 */
public interface Wording<C, R> {
    String writeCall(C call);

    /** @throws IllegalArgumentException where the text is none that {@link #writeCall} writes */
    C readCall(String text);

    String writeResult(R result);

    /** @throws IllegalArgumentException where the text is none that {@link #writeResult} writes */
    R readResult(String text);
}
