package archipel.transport;

import java.io.IOException;

/** Somebody is not let in. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean wrongProof;

    RefusedException(String reason, boolean wrongProof) {
        super(reason);
        this.wrongProof = wrongProof;
    }

    /** Whether it does not know the secret. */
    boolean isWrongProof() {
        return wrongProof;
    }
}
