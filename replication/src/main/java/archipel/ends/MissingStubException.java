package archipel.ends;

import java.io.IOException;

/** A target lacks the content of an attachment that was sent as a stub, which has to be sent after all. */
public final class MissingStubException extends IOException {
    public MissingStubException(String reason) {
        super(reason);
    }
}
