package archipel.objects;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an interface and a state class have to be like to be a replicated object, checked when one is made: which method
 * of the state carries out a call, and that arguments and state survive as JSON.
 *
 * @param type the interface
 * @param initial makes the state of an object that is not there yet
 * @param methods by the interface's method
 * @param defaults the interface's default methods, as they can be called on any object of it
 */
record ObjectContract<S>(
        Class<?> type,
        Class<S> stateClass,
        Supplier<? extends S> initial,
        Map<Method, Bound> methods,
        Map<Method, MethodHandle> defaults) {
    /**
     * A method of the interface.
     *
     * @param target the state's method
     * @param mayReturnItself whether the object can be returned in place of its state
     */
    record Bound(Method target, List<JavaType> parameters, boolean readOnly, boolean mayReturnItself) {}

    /** @throws IllegalArgumentException naming the member that is not as it has to be */
    static <S> ObjectContract<S> of(Class<?> type, Supplier<? extends S> initial, StateCodec codec) {
        if (!type.isInterface()) {
            throw new IllegalArgumentException(type.getName() + " is no interface");
        }
        S state = initial.get();
        if (state == null) {
            throw new IllegalArgumentException("the initial state of " + type.getName() + " is null");
        }
        @SuppressWarnings("unchecked")
        Class<S> stateClass = (Class<S>) state.getClass();
        checkState(state, stateClass, codec);
        Map<Method, Bound> methods = new HashMap<>();
        Map<Method, MethodHandle> defaults = new HashMap<>();
        Map<String, Method> byNameAndCount = new HashMap<>();
        for (Method method : type.getMethods()) {
            if (method.isDefault()) {
                handle(method).ifPresent(handle -> defaults.put(method, handle));
                continue;
            }
            if (Modifier.isStatic(method.getModifiers()) || isOfObject(method)) {
                continue;
            }
            Method other = byNameAndCount.put(method.getName() + "/" + method.getParameterCount(), method);
            if (other != null && !Arrays.equals(other.getParameterTypes(), method.getParameterTypes())) {
                throw new IllegalArgumentException(
                        name(method) + " and " + name(other) + " have the same name and number of parameters");
            }
            methods.put(method, bind(type, method, stateClass, codec));
        }
        return new ObjectContract<>(type, stateClass, initial, Map.copyOf(methods), Map.copyOf(defaults));
    }

    /**
     * Works for interfaces that only their own package sees, which the JDK's way of calling default methods does not.
     *
     * @return empty for a public interface of a module that is not open, for which that way works
     */
    private static Optional<MethodHandle> handle(Method method) {
        Class<?> declaring = method.getDeclaringClass();
        try {
            return Optional.of(MethodHandles.privateLookupIn(declaring, MethodHandles.lookup())
                    .unreflectSpecial(method, declaring)
                    .asFixedArity());
        } catch (IllegalAccessException e) {
            if (Modifier.isPublic(declaring.getModifiers())) {
                return Optional.empty();
            }
            throw new IllegalArgumentException(
                    name(method) + " is a default method that cannot be called: open its package to this library", e);
        }
    }

    private static boolean isOfObject(Method method) {
        return Arrays.stream(Object.class.getMethods())
                .anyMatch(one -> one.getName().equals(method.getName())
                        && Arrays.equals(one.getParameterTypes(), method.getParameterTypes()));
    }

    private static Bound bind(Class<?> type, Method method, Class<?> stateClass, StateCodec codec) {
        Method target;
        try {
            target = stateClass.getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(stateClass.getName() + " has no public method " + method.getName()
                    + Arrays.toString(method.getParameterTypes()) + ", which " + name(method) + " needs");
        }
        if (!fits(method.getReturnType(), target.getReturnType())) {
            throw new IllegalArgumentException(name(target) + " returns " + target.getReturnType() + ", and "
                    + name(method) + " " + method.getReturnType());
        }
        for (Class<?> thrown : target.getExceptionTypes()) {
            boolean checked = !RuntimeException.class.isAssignableFrom(thrown) && !Error.class.isAssignableFrom(thrown);
            boolean declared = Arrays.stream(method.getExceptionTypes()).anyMatch(one -> one.isAssignableFrom(thrown));
            if (checked && !declared) {
                throw new IllegalArgumentException(
                        name(target) + " throws " + thrown.getName() + ", which " + name(method) + " does not declare");
            }
        }
        target.setAccessible(true);
        List<JavaType> parameters = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            JavaType shape = codec.type(parameter.getParameterizedType());
            new ArgumentShape(codec).problem(shape).ifPresent(problem -> {
                throw new IllegalArgumentException(
                        "the parameter " + parameter.getName() + " of " + name(method) + ": " + problem);
            });
            parameters.add(shape);
        }
        Class<?> returned = method.getReturnType();
        boolean itself = returned == void.class || returned.isAssignableFrom(type);
        if (!itself && !returned.isInterface() && returned.isAssignableFrom(stateClass)) {
            throw new IllegalArgumentException(name(method) + " returns the state's class " + returned.getName()
                    + ", whose changes would be lost; it can return " + type.getName());
        }
        return new Bound(target, List.copyOf(parameters), method.isAnnotationPresent(ReadOnly.class), itself);
    }

    private static boolean fits(Class<?> wanted, Class<?> given) {
        return wanted == void.class || wanted.isAssignableFrom(given);
    }

    /** Each field is in the JSON, and what is read back from that is the same. */
    private static <S> void checkState(S state, Class<S> stateClass, StateCodec codec) {
        ObjectNode json;
        S back;
        try {
            json = codec.toJson(state);
            back = codec.toState(codec.throughText(json), stateClass);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "the state " + stateClass.getName() + " does not survive as JSON: " + e.getOriginalMessage(), e);
        }
        for (Class<?> one = stateClass; one != null && one != Object.class; one = one.getSuperclass()) {
            for (Field field : one.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())
                        && !Modifier.isTransient(field.getModifiers())
                        && !field.isSynthetic()) {
                    checkField(field, json, codec);
                }
            }
        }
        if (!codec.toJson(back).equals(json)) {
            throw new IllegalArgumentException("the state " + stateClass.getName() + " is " + json
                    + " at first, and once it was written and read " + codec.toJson(back));
        }
    }

    private static void checkField(Field field, ObjectNode json, StateCodec codec) {
        String name = field.getDeclaringClass().getName() + "." + field.getName();
        if (field.getName().startsWith("_")) {
            throw new IllegalArgumentException(
                    "the field " + name + " begins with an underscore, which members of documents must not");
        }
        if (!json.has(field.getName()) && !isRenamed(field)) {
            throw new IllegalArgumentException(
                    "the field " + name + " is not in the JSON; make it transient if it is no part of the state");
        }
        Optional<String> problem = new ArgumentShape(codec).problem(codec.type(field.getGenericType()));
        if (problem.isPresent()) {
            throw new IllegalArgumentException("the field " + name + ": " + problem.get());
        }
    }

    private static boolean isRenamed(Field field) {
        return field.isAnnotationPresent(com.fasterxml.jackson.annotation.JsonProperty.class);
    }

    /** For messages: where it is declared and what it is called. */
    static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }
}
