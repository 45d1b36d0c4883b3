"""A sample domain: its resources, its app, and what its handlers saw."""

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "rookery-${Stage}-sample-items"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "rookery-${Stage}-sample-work-dlq"}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "rookery-${Stage}-sample-work"
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
"""
APP = """
    from chalice import Chalice, Rate
    from chalicelib.sample import seen

    app = Chalice(app_name="sample")
    app.api.binary_types.append("multipart/form-data")

    @app.on_sqs_message(queue="rookery-dev-sample-work", batch_size=10)
    def on_work(event):
        records = event.to_dict()["Records"]
        seen.batches.append(records)
        return {"batchItemFailures": [
            {"itemIdentifier": one["messageId"]} for one in records if "bad" in one["body"]
        ]}

    @app.on_dynamodb_record(stream_arn="rookery-dev-sample-items", batch_size=10)
    def on_change(event):
        records = event.to_dict()["Records"]
        if seen.refuse and any(r["dynamodb"]["Keys"]["id"]["S"] in seen.refuse for r in records):
            raise RuntimeError("refused")
        seen.changes.extend(records)

    @app.on_dynamodb_record(stream_arn="rookery-dev-sample-items", name="filtered", batch_size=10)
    def on_filtered(event):
        seen.filtered.extend(event.to_dict()["Records"])

    @app.schedule(Rate(1, unit=Rate.HOURS))
    def hourly(event):
        seen.ticks.append(event.to_dict())

    @app.route("/1/things/{thing_id}", methods=["GET", "PUT"])
    def thing(thing_id):
        mine = app.current_request.headers["x-me"]
        seen.barrier()
        return {"id": thing_id, "me": app.current_request.headers["x-me"], "was": mine}

    @app.route("/2/media/upload", methods=["POST"], content_types=["multipart/form-data"])
    def upload():
        return {"size": len(app.current_request.raw_body)}
"""
MERGE = """
Resources:
  Filtered:
    Properties:
      Events:
        Stream:
          Properties:
            FilterCriteria:
              Filters:
                - Pattern: '{"dynamodb": {"NewImage": {"kind": {"S": ["tweet"]}}}}'
"""
SEEN = """
    import time
    batches, changes, filtered, ticks, refuse = [], [], [], [], set()
    def barrier():
        time.sleep(0.001)
"""
