package archipel.functions;

import archipel.changes.Waiter;
import archipel.document.RequestException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The functions of one design document. Documents, requests, users and answers are JSON texts. What a function throws,
 * and what becomes of one that does not compile or takes too long, is a {@link RequestException} with CouchDB's error
 * and reason. Safe for use by many threads.
 */
public interface DesignFunctions {
    /**
     * Which of the documents the filter of that name lets through, in their order.
     *
     * @param waiter who waits for it; the call is cancelled where that gives up
     * @throws IOException of the waiter
     */
    boolean[] filter(String name, List<byte[]> documents, byte[] request, Waiter waiter) throws IOException;

    /**
     * For which of the documents the map function of that view emits anything, in their order.
     *
     * @param waiter as that of {@link #filter}
     * @throws IOException of the waiter
     */
    boolean[] viewFilter(String view, List<byte[]> documents, Waiter waiter) throws IOException;

    /**
     * Asks {@code validate_doc_update}.
     *
     * @param oldDocument what is replaced; null for a document that is new
     * @return null where the document is accepted, else what to answer
     */
    @Nullable
    RequestException validate(byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security);

    /**
     * Finds out, without a document, whether {@code validate_doc_update} would be called at all.
     *
     * @throws RequestException 503 where it is not, for now
     */
    void requireValidation();

    /**
     * Calls the update function of that name.
     *
     * @param document null where there is none
     * @return {@code [document to be saved or null, response]}
     */
    byte[] update(String name, byte @Nullable [] document, byte[] request);
}
