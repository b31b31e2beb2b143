package archipel.objects;

import archipel.objects.ObjectProxies.AddressedObject;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Carries out each call of an object on the state that a context has of it. */
final class ContextCalls implements InvocationHandler, AddressedObject {
    private final Context context;
    private final LocalObject object;

    ContextCalls(Context context, LocalObject object) {
        this.context = context;
        this.object = object;
    }

    @Override
    public ObjectContract<?> contract() {
        return object.contract();
    }

    @Override
    public ObjectAddress address() {
        return object.address();
    }

    @Override
    public Object home() {
        return context;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        return ObjectProxies.dispatch(contract(), address(), proxy, method, arguments, (bound, given) -> {
            context.requireMine();
            return object.call(bound, new StateCall(context.home().codec(), bound, given));
        });
    }
}
