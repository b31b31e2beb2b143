package archipel.command;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/** The fields of {@link LockCommand}s, as {@link Fields} has those of others. */
final class LockFields {
    private LockFields() {}

    static void write(RowWriter out, LockCommand<?> command) {
        out.text(command.name());
        switch (command) {
            case LockCommand.Acquire acquire ->
                out.text(acquire.owner())
                        .text(acquire.user())
                        .text(acquire.request())
                        .varint(acquire.ttlMs())
                        .varint(acquire.waitMs())
                        .varint(acquire.timeMs())
                        .varint(acquire.bounds().locks())
                        .varint(acquire.bounds().waiters())
                        .varint(acquire.bounds().ofUser());
            case LockCommand.Renew renew ->
                out.varint(renew.token())
                        .text(renew.user())
                        .u8(renew.anybody() ? 1 : 0)
                        .varint(renew.ttlMs())
                        .varint(renew.timeMs());
            case LockCommand.Release release ->
                out.varint(release.token())
                        .text(release.user())
                        .u8(release.anybody() ? 1 : 0)
                        .varint(release.timeMs());
            case LockCommand.Withdraw withdraw ->
                out.varint(withdraw.place()).u8(withdraw.release() ? 1 : 0).varint(withdraw.timeMs());
            case LockCommand.Expire expire ->
                out.varint(expire.token()).varint(expire.renewals()).varint(expire.timeMs());
        }
    }

    // Java evaluates arguments from left to right, in the order of the fields.
    static LockCommand<?> read(CommandKind kind, RowReader in) {
        String name = in.text();
        return switch (kind) {
            case ACQUIRE_LOCK ->
                new LockCommand.Acquire(
                        name,
                        in.text(),
                        in.text(),
                        in.text(),
                        in.varint(),
                        in.varint(),
                        in.varint(),
                        new LockBounds(Fields.number(in), Fields.number(in), Fields.number(in)));
            case RENEW_LOCK ->
                new LockCommand.Renew(name, in.varint(), in.text(), Fields.flag(in), in.varint(), in.varint());
            case RELEASE_LOCK -> new LockCommand.Release(name, in.varint(), in.text(), Fields.flag(in), in.varint());
            case WITHDRAW_FROM_LOCK -> new LockCommand.Withdraw(name, in.varint(), Fields.flag(in), in.varint());
            case EXPIRE_LOCK -> new LockCommand.Expire(name, in.varint(), in.varint(), in.varint());
            default -> throw new IllegalArgumentException("no command of locks: " + kind);
        };
    }
}
