package archipel.objects;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;

/** One call of a method of a state, with copies of the caller's arguments. */
final class StateCall {
    /** Stands for the state where a method returns that: the caller gets the object, and not its insides. */
    static final Object ITSELF = new Object();

    private final StateCodec codec;
    private final ObjectContract.Bound bound;
    private final @Nullable Object[] arguments;

    StateCall(StateCodec codec, ObjectContract.Bound bound, @Nullable Object @Nullable [] arguments) {
        this.codec = codec;
        this.bound = bound;
        this.arguments = arguments == null ? new @Nullable Object[0] : arguments;
    }

    /** @throws Throwable what the state's method throws */
    @Nullable
    Object on(Object state) throws Throwable {
        List<JavaType> types = bound.parameters();
        @Nullable Object[] copies = new @Nullable Object[arguments.length];
        for (int i = 0; i < copies.length; i++) {
            copies[i] = codec.copy(arguments[i], types.get(i));
        }
        Method target = bound.target();
        try {
            return returned(state, target.invoke(state, copies));
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private @Nullable Object returned(Object state, @Nullable Object result) {
        if (result != state) {
            return result;
        }
        if (!bound.mayReturnItself()) {
            throw new IllegalStateException(ObjectContract.name(bound.target())
                    + " returns the state itself, which is not what the interface's method returns");
        }
        return ITSELF;
    }
}
