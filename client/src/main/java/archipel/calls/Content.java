package archipel.calls;

import java.net.http.HttpRequest.BodyPublisher;
import org.jspecify.annotations.Nullable;

/** What a request sends. */
@FunctionalInterface
public interface Content {
    /** Made anew for each attempt. */
    BodyPublisher publisher();

    /** Counts what has been taken of it; a node that goes on taking it is not given up. */
    default long taken() {
        return 0;
    }

    /**
     * Why it could not be read here, so that no node is to blame; null where it could. An attempt of which only a part
     * was sent is not carried out.
     */
    default @Nullable RuntimeException failure() {
        return null;
    }
}
