package archipel.objects;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the objects that applications call, and answers what every object is asked. */
final class ObjectProxies {
    private ObjectProxies() {}

    /** What a call of the object's own methods does. */
    @FunctionalInterface
    interface Calls {
        @Nullable
        Object call(ObjectContract.Bound method, @Nullable Object @Nullable [] arguments) throws Throwable;
    }

    static <T> T make(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /**
     * Passes a call on: methods of {@link Object} concern the object's address, default methods run on the proxy, so
     * that what they call is a call of its own.
     */
    static @Nullable Object dispatch(
            ObjectContract<?> contract,
            ObjectAddress address,
            Object proxy,
            Method method,
            @Nullable Object @Nullable [] arguments,
            Calls calls)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(contract, address, proxy, method, arguments);
        }
        if (method.isDefault()) {
            MethodHandle handle = contract.defaults().get(method);
            if (handle == null) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            List<@Nullable Object> given = arguments == null ? List.of() : Arrays.asList(arguments);
            return handle.bindTo(proxy).invokeWithArguments(given);
        }
        ObjectContract.Bound bound = contract.methods().get(method);
        if (bound == null) {
            // Declared by the interface once more, such as toString.
            return ofObject(contract, address, proxy, method, arguments);
        }
        Object result = calls.call(bound, arguments);
        return result == StateCall.ITSELF ? proxy : result;
    }

    private static Object ofObject(
            ObjectContract<?> contract,
            ObjectAddress address,
            Object proxy,
            Method method,
            @Nullable Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "toString" -> contract.type().getSimpleName() + " " + address;
            case "hashCode" -> address.hashCode();
            case "equals" -> arguments != null && isSame(contract, address, proxy, arguments[0]);
            default -> throw new IllegalStateException(ObjectContract.name(method) + " is no method of an object");
        };
    }

    /** Two are equal where they are of the same way, type and address. */
    private static boolean isSame(
            ObjectContract<?> contract, ObjectAddress address, Object proxy, @Nullable Object other) {
        return other != null
                && Proxy.isProxyClass(other.getClass())
                && Proxy.getInvocationHandler(other) instanceof AddressedObject theirs
                && Proxy.getInvocationHandler(proxy) instanceof AddressedObject ours
                && theirs.getClass() == ours.getClass()
                && theirs.contract().type() == contract.type()
                && theirs.address().equals(address)
                && theirs.home() == ours.home();
    }

    /** A handler of an object that is at an address. */
    interface AddressedObject {
        ObjectContract<?> contract();

        ObjectAddress address();

        /** What it belongs to: equal addresses of two clients are two objects. */
        Object home();
    }
}
