package archipel.transport;

import java.nio.ByteBuffer;

/**
 * What becomes of a call: exactly one of the methods is called, once. It may be called on a thread of the transport or,
 * before {@link Link#call} returns, on the caller's: it must not block and must not need a lock that the caller holds.
 */
public interface Reply {
    /** @param answer whose bytes belong to the receiver */
    void answered(ByteBuffer answer);

    void failed(CallFailure failure);
}
