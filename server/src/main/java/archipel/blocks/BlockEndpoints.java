package archipel.blocks;

import archipel.http.Router;

/** All endpoints of this package. */
public final class BlockEndpoints {
    private BlockEndpoints() {}

    public static void register(Router router) {
        new BlockHandler().register(router);
        new HorizonHandler().register(router);
        new VerifyHandler().register(router);
        new ForkHandler().register(router);
        new RewindHandler().register(router);
        new DifferenceHandler().register(router);
    }
}
