"""Tools that run, feed and measure the platform; none of them is deployed."""
