package archipel.objects;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.util.Arrays;
import java.util.Currency;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;

/** Whether values of a type can become JSON and come back as what they were. */
final class ArgumentShape {
    private static final Set<Class<?>> VALUES =
            Set.of(String.class, Boolean.class, Character.class, UUID.class, URI.class, Locale.class, Currency.class);

    private final StateCodec codec;
    private final Set<JavaType> underWay = new HashSet<>();

    ArgumentShape(StateCodec codec) {
        this.codec = codec;
    }

    /** Why values of this type cannot; empty where they can. */
    Optional<String> problem(JavaType type) {
        if (!underWay.add(type)) {
            return Optional.empty();
        }
        Class<?> raw = type.getRawClass();
        if (isValue(raw)) {
            return Optional.empty();
        }
        if (type.isContainerType() || type.isReferenceType()) {
            return parts(type);
        }
        if (raw.isRecord()) {
            for (RecordComponent component : raw.getRecordComponents()) {
                Optional<String> problem = problem(codec.type(component.getGenericType()));
                if (problem.isPresent()) {
                    return Optional.of("its member " + component.getName() + ": " + problem.get());
                }
            }
            return Optional.empty();
        }
        boolean abstraction = raw.isInterface() || Modifier.isAbstract(raw.getModifiers());
        if (raw == Object.class || abstraction && !raw.isAnnotationPresent(JsonTypeInfo.class)) {
            return Optional.of("JSON does not say which class a " + raw.getName() + " is of");
        }
        if (raw.getName().startsWith("java.")) {
            return Optional.of("JSON does not keep what a " + raw.getName() + " is");
        }
        return abstraction || canBeMade(raw)
                ? Optional.empty()
                : Optional.of(raw.getName() + " has no constructor without parameters, and none with @JsonCreator");
    }

    private Optional<String> parts(JavaType type) {
        if (type.isMapLikeType()) {
            JavaType key = type.getKeyType();
            if (!isValue(key.getRawClass())) {
                return Optional.of("keys of maps are texts, numbers or enums, and not "
                        + key.getRawClass().getName());
            }
        }
        JavaType content = type.getContentType();
        return content == null ? Optional.empty() : problem(content);
    }

    private static boolean isValue(Class<?> raw) {
        return raw.isPrimitive()
                || raw.isEnum()
                || VALUES.contains(raw)
                || JsonNode.class.isAssignableFrom(raw)
                || raw != Number.class
                        && Number.class.isAssignableFrom(raw)
                        && raw.getName().startsWith("java.")
                || raw.getPackageName().equals("java.time") && !raw.isInterface();
    }

    private static boolean canBeMade(Class<?> raw) {
        if (raw.isMemberClass() && !Modifier.isStatic(raw.getModifiers())) {
            return false;
        }
        for (Constructor<?> constructor : raw.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == 0 || constructor.isAnnotationPresent(JsonCreator.class)) {
                return true;
            }
        }
        return Arrays.stream(raw.getDeclaredMethods())
                .anyMatch(method -> method.isAnnotationPresent(JsonCreator.class));
    }
}
