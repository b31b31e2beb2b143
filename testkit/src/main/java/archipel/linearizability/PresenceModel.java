package archipel.linearizability;

import archipel.linearizability.PresenceCall.Create;
import archipel.linearizability.PresenceCall.Drop;
import archipel.linearizability.PresenceCall.Look;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Databases, of each of which a call finds that it is there, or that it is not; a state says whether it is. */
public final class PresenceModel implements Model<Boolean, PresenceCall, PresenceModel.Answer> {
    /** What comes back. */
    public enum Answer {
        /** It was made, or dropped. */
        DONE,
        /** There is one already (412), or none to be dropped (404). */
        REFUSED,
        /** It is there. */
        THERE,
        /** It is not (404). */
        ABSENT
    }

    @Override
    public Boolean initial() {
        return false;
    }

    @Override
    public @Nullable Boolean next(Boolean there, PresenceCall call, Answer answer) {
        return switch (call) {
            case Create _ ->
                switch (answer) {
                    case DONE -> there ? null : true;
                    case REFUSED -> there ? true : null;
                    case THERE, ABSENT -> null;
                };
            case Drop _ ->
                switch (answer) {
                    case DONE -> there ? false : null;
                    case REFUSED -> there ? null : false;
                    case THERE, ABSENT -> null;
                };
            case Look _ ->
                switch (answer) {
                    case THERE -> there ? true : null;
                    case ABSENT -> there ? null : false;
                    case DONE, REFUSED -> null;
                };
        };
    }

    @Override
    public @Nullable Boolean nextUnknown(Boolean there, PresenceCall call) {
        return switch (call) {
            case Create _ -> there ? null : true;
            case Drop _ -> there ? false : null;
            case Look _ -> null;
        };
    }

    @Override
    public Collection<String> keys(PresenceCall call) {
        return List.of(call.name());
    }

    @Override
    public boolean isReadOnly(PresenceCall call) {
        return call instanceof Look;
    }

    @Override
    public boolean mayNeed(PresenceCall call, @Nullable Answer answer, PresenceCall unknown) {
        // What finds it, or drops it, may need that somebody has made it; all else that somebody has dropped it.
        boolean needsIt = answer == Answer.THERE
                || call instanceof Drop && answer != Answer.REFUSED
                || call instanceof Create && answer == Answer.REFUSED;
        return needsIt ? unknown instanceof Create : unknown instanceof Drop;
    }
}
