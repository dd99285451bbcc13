from torana.cli.main import main

main()
