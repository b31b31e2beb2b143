package archipel.sessions;

/** Between attributes of sessions and bytes. */
public interface AttributeCodec {
    /** @throws IllegalArgumentException for what cannot be stored */
    byte[] write(Object attribute);

    /**
     * Called when an attribute is asked for, and not when its session is found.
     *
     * @throws IllegalArgumentException for what cannot be read any more
     */
    Object read(byte[] bytes);
}
