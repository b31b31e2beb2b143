package archipel.transport;

import java.net.InetSocketAddress;

/**
 * What a transport is to be like.
 *
 * @param member this node's own name
 * @param ensemble the ensemble's id, of the same characters as names; members of another are refused
 * @param listen where others connect; port 0 for any
 */
public record TransportOptions(
        String member,
        String ensemble,
        InetSocketAddress listen,
        Timing timing,
        Bounds bounds,
        Admission admission,
        Faults faults) {
    /** @throws IllegalArgumentException where a name is none */
    public TransportOptions {
        MemberName.require(member);
        MemberName.require(ensemble);
    }

    public static TransportOptions of(String member, String ensemble, InetSocketAddress listen) {
        return new TransportOptions(
                member, ensemble, listen, Timing.DEFAULT, Bounds.DEFAULT, Admission.ANY, Faults.NONE);
    }

    public TransportOptions with(Timing newTiming) {
        return new TransportOptions(member, ensemble, listen, newTiming, bounds, admission, faults);
    }

    public TransportOptions with(Bounds newBounds) {
        return new TransportOptions(member, ensemble, listen, timing, newBounds, admission, faults);
    }

    public TransportOptions with(Admission newAdmission) {
        return new TransportOptions(member, ensemble, listen, timing, bounds, newAdmission, faults);
    }

    public TransportOptions with(Faults newFaults) {
        return new TransportOptions(member, ensemble, listen, timing, bounds, admission, newFaults);
    }
}
