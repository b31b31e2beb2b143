package archipel.sessions;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import org.jspecify.annotations.Nullable;

/**
 * Java's own serialisation, as Spring's other repositories have it. Whoever can write the database can have classes of
 * the application made: give that right to the application alone, or say which classes may be read.
 */
public final class JavaAttributeCodec implements AttributeCodec {
    private final @Nullable ObjectInputFilter filter;

    /** Reads all classes. */
    public JavaAttributeCodec() {
        this(null);
    }

    /** @param filter which classes are read; null for all */
    public JavaAttributeCodec(@Nullable ObjectInputFilter filter) {
        this.filter = filter;
    }

    @Override
    public byte[] write(Object attribute) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(attribute);
        } catch (IOException e) {
            throw new IllegalArgumentException(attribute.getClass().getName() + " cannot be stored", e);
        }
        return bytes.toByteArray();
    }

    @Override
    public Object read(byte[] bytes) {
        try (ApplicationStream in = new ApplicationStream(new ByteArrayInputStream(bytes))) {
            if (filter != null) {
                in.setObjectInputFilter(filter);
            }
            return in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new IllegalArgumentException("an attribute cannot be read", e);
        }
    }

    /** Finds the application's classes, also where this library is one of the server's. */
    private static final class ApplicationStream extends ObjectInputStream {
        private ApplicationStream(InputStream in) throws IOException {
            super(in);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            if (loader != null) {
                try {
                    return Class.forName(description.getName(), false, loader);
                } catch (ClassNotFoundException e) {
                    return super.resolveClass(description);
                }
            }
            return super.resolveClass(description);
        }
    }
}
