"""Filmside on the board: from a film on the light box to a reading on the page.

The map of the package; a room imports only what stands below it::

    cli       the `filmside` command; wires settings -> camera, light, ensemble, store -> Kiosk -> web
    web       the local page (Flask)
    kiosk     THE STORY: take, find, assess, read, keep, show
    calibrate the bare box measured; its flat field evens out photos afterwards
    window    the live view that all who look share, and its coaching      watch   taking the photo by itself
    examine   one photo from bytes to reading; what training measures bundles by too
    store     studies kept on disk          intake    files from outside, decoded with care
    film      find, rectify, assess, coach, prepare   reading   bundle, members, scout, gate, vote, heat map
    camera    where photos come from        light     the status light
    settings  what a site may choose        values    the facts that pass between rooms
    errors    everything that can go wrong

Importing this package does nothing.
"""
