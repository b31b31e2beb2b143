package archipel.client;

/** How fresh a read has to be. On a node of its own all three are the same. */
public enum Consistency {
    /** Shows all that was acknowledged to anybody before the read began. */
    LINEARIZABLE("linearizable"),
    /** What the leader of the database's group has, without its asking whether it still leads. */
    LEADER("leader"),
    /** What the node that is asked has, and no older block than this client has seen. Works without a majority. */
    ANY("any");

    private final String parameter;

    Consistency(String parameter) {
        this.parameter = parameter;
    }

    String parameter() {
        return parameter;
    }
}
