package archipel.replication;

import archipel.remote.RemoteAddress;

/** Where one end of a replication is. */
public sealed interface EndAddress {
    /** Without credentials, as logs, answers and errors show it. */
    String shown();

    /** A database of this node. */
    record Local(String name) implements EndAddress {
        @Override
        public String shown() {
            return name;
        }
    }

    /** A database behind HTTP. */
    record Remote(RemoteAddress address) implements EndAddress {
        @Override
        public String shown() {
            return address.shown();
        }
    }
}
