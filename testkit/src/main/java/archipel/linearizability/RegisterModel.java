package archipel.linearizability;

import archipel.linearizability.RegisterCall.Read;
import archipel.linearizability.RegisterCall.Write;
import archipel.linearizability.RegisterResult.Values;
import archipel.linearizability.RegisterResult.Written;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Registers that are written whatever is in them, several at once or one alone, and read in the same way. If all
 * calls have one key, these are the plain registers of the literature. No two writes may give a key the same value.
 *
 * <p>A bulk write whose conflicts make it fail as a whole is such a write too: {@link Outcome.Failed} if it was
 * refused.
 */
public final class RegisterModel implements Model<RegisterState, RegisterCall, RegisterResult> {
    /*
     * Why unknown writes can be put off (the promise of mayNeed). Take a possible sequence, and in it an unknown
     * write w right before x, although x may not need w.
     *
     * x is a read: it saw no value of w. It reads no key of w then, since it would have seen w's value, and w and x
     * can change places. x is a write, known or not: if they have no key in common, they can change places. If x
     * writes all keys of w, nobody saw that w was there, and it can be left out. Otherwise x may need w: x overwrites
     * a part of w, and which of the two comes first shows.
     */

    @Override
    public RegisterState initial() {
        return RegisterState.EMPTY;
    }

    @Override
    public @Nullable RegisterState next(RegisterState state, RegisterCall call, RegisterResult result) {
        return switch (call) {
            case Read(List<String> keys) ->
                result instanceof Values values && keys.stream().allMatch(key -> isAt(state, key, values))
                        ? state
                        : null;
            case Write write -> result instanceof Written ? state.with(write.values()) : null;
        };
    }

    private static boolean isAt(RegisterState state, String key, Values values) {
        return Objects.equals(state.get(key), values.found().get(key));
    }

    @Override
    public @Nullable RegisterState nextUnknown(RegisterState state, RegisterCall call) {
        return call instanceof Write write ? state.with(write.values()) : null;
    }

    @Override
    public Collection<String> keys(RegisterCall call) {
        return switch (call) {
            case Read(List<String> keys) -> keys;
            case Write write -> write.values().keySet();
        };
    }

    @Override
    public String show(RegisterState state, RegisterCall call) {
        return state.only(keys(call)).toString();
    }

    @Override
    public boolean isReadOnly(RegisterCall call) {
        return call instanceof Read;
    }

    @Override
    public Collection<Version> made(RegisterCall call) {
        return call instanceof Write write
                ? write.values().entrySet().stream()
                        .map(entry -> new Version(entry.getKey(), entry.getValue()))
                        .toList()
                : List.of();
    }

    @Override
    public Collection<Version> seen(RegisterCall call, RegisterResult result) {
        return call instanceof Read(List<String> keys) && result instanceof Values values
                ? keys.stream()
                        .map(key -> new Version(key, values.found().get(key)))
                        .toList()
                : List.of();
    }

    @Override
    public Collection<Version> replaced(RegisterState state, RegisterCall call) {
        if (!(call instanceof Write write)) {
            return List.of();
        }
        List<Version> replaced = new ArrayList<>(write.values().size());
        write.values().keySet().forEach(key -> replaced.add(new Version(key, state.get(key))));
        return replaced;
    }

    @Override
    public boolean isBlind(RegisterCall call) {
        return call instanceof Write;
    }

    @Override
    public boolean mayNeed(RegisterCall call, @Nullable RegisterResult result, RegisterCall unknown) {
        if (!(unknown instanceof Write write)) {
            return false;
        }
        return switch (call) {
            case Read _ ->
                result instanceof Values values
                        && write.values().entrySet().stream().anyMatch(entry -> saw(values, entry));
            case Write later ->
                overlapsInPart(write.values().keySet(), later.values().keySet());
        };
    }

    private static boolean saw(Values values, Map.Entry<String, String> written) {
        return written.getValue().equals(values.found().get(written.getKey()));
    }

    private static boolean overlapsInPart(Set<String> earlier, Set<String> later) {
        return !later.containsAll(earlier) && !Collections.disjoint(earlier, later);
    }
}
