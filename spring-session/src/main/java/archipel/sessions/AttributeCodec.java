package archipel.sessions;

/** Between attributes of sessions and bytes. */
public interface AttributeCodec {
    /** @throws IllegalArgumentException for what cannot be stored */
    byte[] write(Object attribute);

    /** @throws IllegalArgumentException for what cannot be read any more */
    Object read(byte[] bytes);
}
